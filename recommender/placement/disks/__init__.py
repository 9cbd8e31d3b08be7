"""Which disks go to which datastores, and with them, where they have to, VMs to other hosts."""
