internal import Glibc
internal import SystemPackage

extension Supervisor {
  /// The number of consecutive processes without an iteration done after which an iteration is left
  /// out, or a slot is given up. The limit in an iteration is higher, since occasional kills may
  /// hit a long iteration several times.
  private static let (killLimit, deathLimit) = (100, 20)
  /// The largest number of iterations that are left out.
  private static let leftOutLimit = 16

  /// Starts a process for the work of the slot. If that fails, it is tried again later.
  mutating func startProcess(_ slot: Int) {
    if case .run = slots[slot].work { board.clearCurrent(of: slot) }
    let (job, work) = (Job(campaign: campaign, corpus: corpus), slots[slot].work)
    slots[slot].isFresh = true
    slots[slot].isStuck = false
    slots[slot].seen = (nil, 0)
    do throws(Errno) {
      slots[slot].process = try JobProcess { [board] ranges, messages in
        let link = JobLink(board: board, slot: slot, ranges: ranges, messages: messages)
        switch work {
        case .run, .stored: try job.run(link)
        case .store(let iteration, let kind, let detail):
          try job.store(iteration, kind: kind, detail: detail, link)
        }
      }
    } catch {
      countDeath(slot, "no process can be started: \(error)")
    }
  }

  /// Handles the messages of the slot's process, and its end.
  mutating func attend(_ slot: Int) {
    guard let process = slots[slot].process else { return }
    // All messages are readable once the process has ended.
    let ending = process.ending()
    for message in slots[slot].process?.newMessages() ?? [] {
      switch message {
      case .ready: deal(to: slot)
      case .found(let found):
        for gone in shelf.put(found) {
          campaign.artifacts.remove(gone.iteration, campaign.seed, gone.number)
        }
        if case .store(let iteration, _, _) = slots[slot].work {
          board.skip(iteration, in: slot)
          slots[slot].work = .stored
        }
      }
    }
    guard let ending else { return }
    let reason = slots[slot].process?.reason(ending) ?? ending.text
    slots[slot].process?.close()
    slots[slot].process = nil
    ended(slot, ending, reason)
  }

  /// Gives the process of the slot a range to run: first the rest of its predecessor's range.
  private mutating func deal(to slot: Int) {
    defer { slots[slot].isFresh = false }
    let rest = slots[slot].isFresh ? rest(of: slot) : nil
    let range = rest ?? dealer.deal()
    slots[slot].held = range
    slots[slot].process?.give(range)
  }

  /// Returns the rest of the range that the slot holds; `nil` if there is none.
  private func rest(of slot: Int) -> Range<UInt64>? {
    slots[slot].held.map { board.rest(of: $0, in: slot) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Decides the next step of a slot after its process has ended.
  private mutating func ended(_ slot: Int, _ ending: JobProcess.Ending, _ reason: String) {
    let isStopping = board.isStopped
    if case .stored = slots[slot].work {
      slots[slot].work = .run
    } else if case .store(let iteration, let kind, let detail) = slots[slot].work {
      // If making the case fails too, the discrepancy is reported without a stored case.
      guard ending.isOwnFault || isStopping || slots[slot].isStuck else {
        return countDeath(slot, reason)
      }
      note(iteration, kind, detail, unstored: "storing it ended the process: \(reason)", slot)
    } else if let iteration = board.current(of: slot), slots[slot].isStuck || ending.isOwnFault {
      let kind = slots[slot].isStuck ? DiscrepancyKind.stuck : .trapped
      slots[slot].work = .store(iteration, kind, reason)
      slots[slot].pause = 0
      return startProcess(slot)
    } else if !isStopping, !ending.isSuccess || slots[slot].held != nil {
      return countDeath(slot, reason)
    }
    if isStopping || slots[slot].held == nil {
      slots[slot].state = .ended
    } else {
      startProcess(slot)
    }
  }

  /// Keeps a discrepancy whose case is not stored, and skips its iteration.
  private mutating func note(
    _ iteration: UInt64, _ kind: DiscrepancyKind, _ detail: String, unstored reason: String,
    _ slot: Int
  ) {
    let discrepancy = Discrepancy(kind, nil, detail)
    _ = shelf.put(
      FoundCase(iteration: iteration, discrepancies: [discrepancy], storing: .failed(reason)))
    board.skip(iteration, in: slot)
    slots[slot].work = .run
  }

  /// Starts another process after one that was killed or ended between iterations, up to a limit.
  ///
  /// A kill from outside is no discrepancy. An iteration in which jobs are killed too often is left
  /// out, and the report lists it. A slot whose processes do not even begin an iteration is given
  /// up, and other slots run its iterations.
  private mutating func countDeath(_ slot: Int, _ reason: String) {
    lastReason = reason
    let iterations = board.iterations(of: slot)
    let before = slots[slot].deaths
    let count = iterations > before.iterations ? 1 : before.count + 1
    slots[slot].deaths = (count, iterations)
    if case .run = slots[slot].work, let iteration = board.current(of: slot) {
      guard count >= Self.killLimit else { return startProcess(slot) }
      guard leftOut.count < Self.leftOutLimit else { return giveUp(slot) }
      leftOut.append(iteration)
      board.leave(iteration, in: slot)
      slots[slot].deaths.count = 0
      return startProcess(slot)
    }
    guard count < Self.deathLimit else { return giveUp(slot) }
    // The first tries follow at once, later tries after up to half a second.
    slots[slot].pause = min(5, count / 4)
    if slots[slot].pause == 0 { startProcess(slot) }
  }

  /// Gives up the slot, and returns its iterations to the dealer.
  private mutating func giveUp(_ slot: Int) {
    if case .store(let iteration, let kind, let detail) = slots[slot].work {
      note(iteration, kind, detail, unstored: "no process to store it lives long enough", slot)
    }
    board.clearCurrent(of: slot)
    if let rest = rest(of: slot) { dealer.takeBack(rest) }
    slots[slot].held = nil
    slots[slot].state = .givenUp
    // Slots that had ended for lack of work are opened again.
    for other in slots.indices where slots[other].state == .ended {
      slots[other].state = .open
      slots[other].pause = 0
    }
  }
}
