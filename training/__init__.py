"""Makes the reader that On Record ships: prepares data, trains, measures, calibrates and exports. Never imported by it.

python -m training.prepare TRAIN.jsonl.gz      mined negatives beside the questions
python -m training.train                       trains; stop it any time, it goes on where it was
python -m training.export                      the weights that are shipped, with their manifest
python -m training.evaluate FILE.jsonl.gz      EM/F1, or MAP/MRR on answer sentences
"""
