//! The client of the Blaxel API.
