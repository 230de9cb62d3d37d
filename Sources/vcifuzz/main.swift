internal import VCICommandLine

CommandLineTool(
  VCIFuzz.self, arguments: RawArguments.all, translation: Synonyms.translated
).run()
