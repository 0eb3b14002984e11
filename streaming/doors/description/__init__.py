"""What the doors say of themselves: AsyncAPI for the socket, OpenAPI for HTTP, a page for people.

Made from the code's own lists and limits; tests hold it against the real frames and answers.
"""
