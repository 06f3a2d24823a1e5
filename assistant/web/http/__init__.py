"""What every route shares: who asks, problem documents, the queue, events, schemas."""
