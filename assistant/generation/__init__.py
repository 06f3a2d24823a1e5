"""Answers written by a language model, held to the sentences it was given. Off unless the operator configures one."""
