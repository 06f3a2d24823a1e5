"""For LlamaIndex: the reader as a node postprocessor, the assistant as a query engine and as a chat engine.

With :mod:`indexes.llama_index` all that knows LlamaIndex's types: our own path does not run through it.
"""

from assistant.llama_index.chat_engine import OnRecordChatEngine
from assistant.llama_index.conversion import from_messages, to_response, to_source_nodes
from assistant.llama_index.query_engine import OnRecordQueryEngine
from assistant.llama_index.reader_rerank import ReaderRerank

__all__ = [
    "OnRecordChatEngine",
    "OnRecordQueryEngine",
    "ReaderRerank",
    "from_messages",
    "to_response",
    "to_source_nodes",
]
