@testable import VCIFuzzing
import PropertyEngine
import SystemPackage
import Testing
import VCIFormat
import VCIGenerators

/// The three programs of this suite that walk a tree for reads answer alike: the exact reads, the
/// forecast of reads, and the reader without a mistake.
struct `Three walks` {
  @Test
  func `answer each read of each vector alike`() throws {
    var count = 0
    for file in try CorpusBuilder.recipes(in: package.appending("Corpus")) {
      let built = try BuiltVector(reading: file)
      guard built.opens else { continue }
      let bytes = built.image.bytes
      let forecast = ReadForecast(bytes)
      compare(bytes, forecast, built.recipe.front.id)
      // Without a forecast, the model does not know all bytes to which addresses lead.
      if let model = built.image.model, Forecast(model) != nil {
        #expect(runs(ReadForecast(model)) == runs(forecast), "\(built.recipe.front.id)")
      }
      count += 1
    }
    #expect(count > 300)
  }

  @Test
  func `answer each read of edited images alike`() {
    var count = 0
    for index in 0..<600 as Range<UInt64> {
      var choices = Choices(RandomSource(seed: 44, index: index, stream: .init(rawValue: 97)))
      var image = EditableImage(ImagePlan.drawn(from: &choices))
      guard let valid = image.model, image.bytes.keptBytes < 60 * 4096 else { continue }
      let mistake = choices.element(of: Mistake.all)
      for edit in mistake.aimed(at: valid, from: &choices) { image.apply(edit) }
      guard let model = image.model, let forecast = Forecast(model),
        forecast.refusedByOpen == RuleSet()
      else { continue }
      compare(image.bytes, ReadForecast(model), "image \(index), \(mistake)")
      count += 1
    }
    #expect(count > 250)
  }

  private func runs(_ forecast: ReadForecast) -> [ReadForecast.Run] {
    (0..<forecast.count).map { forecast.run($0) }
  }

  private func compare(_ bytes: SparseBytes, _ forecast: ReadForecast, _ name: String) {
    let exact = ExactReads(bytes)
    let reader = MistakenReader(bytes)
    #expect(reader.opens(), "\(name)")
    for read in AimedReads(forecast).chosen() {
      let (block, count) = (read.request.block, read.request.count)
      let told = exact.answer(at: block, count: count)
      let same: MistakenReader.Answer =
        switch told {
        case .hit(let blocks, let address): .hit(blocks, at: address)
        case .miss(let blocks): .miss(blocks)
        case .refused: .refused
        }
      #expect(reader.answer(at: block, count: count) == same, "\(name): \(block)+\(count)")
      guard block < Format.diskEnd else { continue }
      switch (forecast.answer(at: block, count: count), told) {
      case (.hit(let most, let place), .hit(let blocks, let address)):
        #expect(blocks == most && place == address, "\(name): \(block)+\(count)")
      case (.miss(let most), .miss(let blocks)):
        #expect(blocks == most, "\(name): \(block)+\(count)")
      case (.damaged, .refused): break
      default: Issue.record("\(name): \(block)+\(count) is \(told)")
      }
    }
  }
}
