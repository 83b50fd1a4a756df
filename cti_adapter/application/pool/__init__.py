"""Several relay nodes as one: any of them serves any agent and any connector.

Each connector has a home, the node that it is attached to. There alone its batches are taken, its agents' commands
accepted and claims granted; whoever is asked elsewhere passes it on. Every node keeps a copy of all agents of its cell
by repeating the changes that their homes tell of, and asks for everything anew when one was missed.
"""
