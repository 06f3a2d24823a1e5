"""The API: the assistant for programs, as JSON, as OpenAI's protocol and as the Model Context Protocol. No pages."""
