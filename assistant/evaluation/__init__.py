"""Evaluation: asks a dataset's questions, measures what is found and answered, and reports it. Changes no index."""
