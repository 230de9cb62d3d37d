import Benchmark
import CPeer
import Tables
import VCIChecker
import VCIFuzzing
import VCIReference

/// The small images, by the size of their files.
func smallImages() -> [(name: String, image: TreeImage)] {
  [
    ("6 KiB, fresh", TreeImage(.packed, extents: 0)),
    ("18 KiB, one leaf", TreeImage(.packed, extents: 24)),
    ("32 KiB, one leaf", TreeImage(.packed, extents: 52)),
    ("50 KiB, three levels", TreeImage(.slim, extents: 40)),
  ]
}

/// Prints how long a check of each small image takes, by the suite's checker and the one in C.
func measureSmallImages() throws {
  var table = Table("small images in memory", ["nodes", "extents", "swift us", "c us", "to c"])
  for (name, image) in smallImages() {
    let bytes = try image.bytes()
    let storage = MemoryStorage(bytes)
    let checker = Checker()
    let report = try checker.check(storage)
    let verdict = try bytes.withUnsafeBytes { try PeerVerdict(checking: $0) }
    guard verdict.findings.isEmpty else {
      throw Failure("\(name) is not clean: \(verdict.findings)")
    }
    var sink = 0
    let times = try mediansInTurns([
      { sink += try checker.check(storage).findings.count },
      {
        var result = vci_peer_result()
        bytes.withUnsafeBufferPointer {
          sink += Int(vci_peer_check($0.baseAddress, $0.count, &result))
        }
        sink += Int(result.exit_code)
      },
    ])
    guard sink == 0 || report.verdict != .clean else { throw Failure("\(name) changed") }
    let note = report.verdict == .clean ? "" : " (swift: \(report.verdict))"
    table.add(
      name + note,
      [
        "\(image.nodes)", "\(image.extents)", fixed(times[0] * 1e6, 2), fixed(times[1] * 1e6, 2),
        fixed(times[0] / times[1], 2),
      ])
  }
  table.print()
}

/// Prints times of probe, open and check of small images, and of whole iterations of a campaign.
func measureIterations() throws {
  let suite = BenchmarkSuite(name: "suite")
  for (name, image) in smallImages() where image.depth == 1 {
    let storage = MemoryStorage(try image.bytes())
    let checker = Checker()
    suite.benchmark("\(name): probe") { sunk += try probe(storage) == .mine ? 1 : 0 }
    suite.benchmark("\(name): open") {
      sunk += try CacheImage.open(storage, purpose: .reading).information.rootEntries
    }
    suite.benchmark("\(name): check") { sunk += try checker.check(storage).findings.count }
    suite.benchmark("\(name): probe, open and check") {
      sunk += try probe(storage) == .mine ? 1 : 0
      sunk += try CacheImage.open(storage, purpose: .reading).information.rootEntries
      sunk += try checker.check(storage).findings.count
    }
  }
  var runner = IterationRunner(seed: 1)
  var iteration: UInt64 = 0
  suite.benchmark("iteration") {
    sunk += try runner.run(iteration)
    iteration += 1
  }
  suite.benchmark("iteration: case alone") {
    sunk += runner.makeCase(iteration)
    iteration += 1
  }
  suite.benchmark("iteration: case and check") {
    sunk += try runner.checkCase(iteration)
    iteration += 1
  }
  Benchmark.main([suite], settings: [])
  print("sink \(sunk)\n")
}

/// Keeps the compiler from leaving work out.
private var sunk = 0
