"""The aid of a retained dossier: its agreement, its instalments, its payments, until the last euro."""
