"""./dev chaos: hundreds of homes and several regional daemons under everything that can go wrong, and the reckoning after."""
