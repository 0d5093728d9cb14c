"""What somebody says is to be done, and by when."""
