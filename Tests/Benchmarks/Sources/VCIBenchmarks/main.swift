// Times of probe, open and check of small images, and of whole iterations of a campaign.
//
// Run: swift run -c release --package-path Tests/Benchmarks --scratch-path .build-benchmarks

import Benchmark
import VCIChecker
import VCIFormat
import VCIFuzzing
import VCIReference

/// A clean image of 4096 blocks whose root has `extents` extents of one block each.
func image(extents: Int) throws -> MemoryStorage {
  let storage = MemoryStorage()
  let plan = try CacheImage.Plan(
    blocks: 4096, type: .dynamic, imageUUID: ImageUUID(high: 1, low: 1))
  try CacheImage.create(in: storage, plan)
  try storage.resize(to: UInt64(12 + extents) * 512)
  var bytes = storage.bytes
  func put(_ number: UInt64, _ width: Int, _ offset: Int) {
    for index in 0..<width {
      bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(index * 8))
    }
  }
  for slot in 0..<extents {
    let base = 2049 + slot * 38
    put(UInt64(slot * 3), 8, base + 18)
    put(1, 4, base + 26)
    put(UInt64(12 + slot), 8, base + 30)
    bytes[1536 + (12 + slot) / 8] |= 1 << UInt8((12 + slot) % 8)
  }
  put(UInt64(4084 - extents), 8, 1040)
  put(UInt64(extents), 8, 1056)
  let finished = MemoryStorage(bytes)
  let verdict = try Checker().check(finished).verdict
  precondition(verdict == .clean, "the image is \(verdict)")
  return finished
}

/// Keeps the compiler from leaving work out.
var sink = 0

for (name, extents) in [("6 KiB", 0), ("18 KiB", 24), ("32 KiB", 52)] {
  let storage = try image(extents: extents)
  let checker = Checker()
  benchmark("\(name): probe") { sink += try probe(storage) == .mine ? 1 : 0 }
  benchmark("\(name): open") {
    sink += try CacheImage.open(storage, purpose: .reading).information.rootEntries
  }
  benchmark("\(name): check") { sink += try checker.check(storage).findings.count }
  benchmark("\(name): probe, open and check") {
    sink += try probe(storage) == .mine ? 1 : 0
    sink += try CacheImage.open(storage, purpose: .reading).information.rootEntries
    sink += try checker.check(storage).findings.count
  }
}

var runner = IterationRunner(seed: 1)
var iteration: UInt64 = 0
benchmark("iteration") {
  sink += try runner.run(iteration)
  iteration += 1
}
benchmark("iteration: case alone") {
  sink += runner.makeCase(iteration)
  iteration += 1
}
benchmark("iteration: case and check") {
  sink += try runner.checkCase(iteration)
  iteration += 1
}

Benchmark.main()
print("sink \(sink)")
