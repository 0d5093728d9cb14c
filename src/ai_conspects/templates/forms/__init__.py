"""The templates that come with the server: `<name>.<language>.toml`."""
