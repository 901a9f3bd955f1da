"""What people read: HTML of data, pictures. Strangers' text is escaped here, once.

Nothing here decides: frames and figures come in computed, a document goes out.
"""
