"""Everything ``onrecord`` imports to answer and to serve, for the process from which tests/support/forked.py forks."""

import chromadb
import gradio
import llama_index.core
import pypdf
import tantivy
import torch

import assistant.cli
import assistant.web.create_app
import assistant.web.server.server
import indexes.loaders.sandbox.pool

__all__ = ["assistant", "chromadb", "gradio", "indexes", "llama_index", "pypdf", "tantivy", "torch"]
