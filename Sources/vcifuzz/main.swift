internal import VCICommandLine

CommandLineTool(VCIFuzz.self, arguments: Synonyms.translated(RawArguments.all)).run()
