internal import VCICommandLine

await CommandLineTool(
  VCIFuzz.self, arguments: Synonyms.translated(Array(CommandLine.arguments.dropFirst()))
).run()
