internal import VCICommandLine

await CommandLineTool(
  VCIFuzz.self, arguments: Array(CommandLine.arguments.dropFirst()),
  translation: Synonyms.translated
).run()
