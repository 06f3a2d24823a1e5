"""Has files read and articles cut and embedded by the machines of a Ray cluster. Whoever adds stays the only writer.

What is asked of a machine (:mod:`indexes.ingest.ray.tasks`) gives the same whoever does it, and nothing is kept there:
Ray has it done again where a process or a machine is lost, and nothing is lost or doubled by that.
"""

from indexes.ingest.ray.connect import joined

__all__ = ["joined"]
