"""Servers that speak a real protocol over a real socket, and do as a test tells them."""
