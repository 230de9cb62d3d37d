internal import VCICommandLine

CommandLineTool(VCI.self, arguments: RawArguments.all).run()
