"""Delivery attempts and proofs of delivery: QR codes, PINs, pictures.

The API, the WebSocket's handlers and consumers may import it.
"""
