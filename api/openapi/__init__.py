"""The OpenAPI document: generated from the handlers, then told what they cannot say themselves."""
