"""The prompts of the pipeline's steps, as files."""
