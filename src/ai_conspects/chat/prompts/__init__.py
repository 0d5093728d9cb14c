"""The prompts of the chat, as files."""
