public import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
public import VCIFuzzing

extension DiscrepancyKind: ExpressibleByArgument {}

/// One process of a campaign; people have no use for it.
struct JobCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "One process of a campaign.", shouldDisplay: false)

  @OptionGroup var options: CampaignOptions
  @Option var iterations: UInt64
  @Option(transform: PathArgument.folder) var workplace: FilePath
  @Option var lane: Int?
  @Option var store: UInt64?
  @Option var kind: DiscrepancyKind = .trapped
  @Option var detail: String = ""

  func run() throws {
    Interruption.leaveToParent()
    let campaign = options.campaign(iterations: iterations, workplace: workplace)
    if let store {
      try Job.store(store, of: campaign, kind: kind, detail: detail)
    } else {
      try Job(campaign, lane: lane ?? 0).run()
    }
  }
}
