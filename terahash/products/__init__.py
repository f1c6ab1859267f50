"""Products: difficulty and hashprice, bought and sold in the field's units."""
