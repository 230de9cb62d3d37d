internal import VCICommandLine

await CommandLineTool(VCI.self, arguments: Array(CommandLine.arguments.dropFirst())).run()
