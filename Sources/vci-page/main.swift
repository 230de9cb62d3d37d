internal import VCICommandLine

CommandLineTool(VCIPage.self, arguments: RawArguments.all).run()
