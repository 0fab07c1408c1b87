from unitrainer_tui.cli import main

main()
