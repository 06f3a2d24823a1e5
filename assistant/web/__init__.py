"""The pages: a FastAPI app with the Gradio chat mounted in it. Loads nothing from any other host."""
