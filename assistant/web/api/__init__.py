"""The API for programs: JSON, OpenAI's protocol and the Model Context Protocol. No pages."""
