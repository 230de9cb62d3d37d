internal import Glibc
internal import SystemPackage

extension Supervisor {
  /// How many processes may end in a row without an iteration done: in one, where whoever kills
  /// jobs now and then must not hit a long one each time, and between two.
  private static let (killLimit, deathLimit) = (100, 20)
  /// How many iterations are left out at most.
  private static let leftOutLimit = 16

  /// Starts a process for what the slot has to do; where there is none to be had, later.
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

  /// Gives the slot's process something to run; first what is left of what an earlier one was
  /// given.
  private mutating func deal(to slot: Int) {
    defer { slots[slot].isFresh = false }
    let rest = slots[slot].isFresh ? rest(of: slot) : nil
    let range = rest ?? dealer.deal()
    slots[slot].held = range
    slots[slot].process?.give(range)
  }

  /// What is left of what the slot was given; `nil` if that is nothing.
  private func rest(of slot: Int) -> Range<UInt64>? {
    slots[slot].held.map { board.rest(of: $0, in: slot) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Decides what follows after the end of a slot's process.
  private mutating func ended(_ slot: Int, _ ending: JobProcess.Ending, _ reason: String) {
    let isStopping = board.isStopped
    if case .stored = slots[slot].work {
      slots[slot].work = .run
    } else if case .store(let iteration, let kind, let detail) = slots[slot].work {
      // A case that cannot be made is no reason not to tell of the finding.
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

  /// Tries the slot again after an end that lies in no iteration, until that was too often.
  ///
  /// Whoever kills jobs is no finding. An iteration in which they are killed time and again is left
  /// out, and told of; a slot whose processes do not even begin one is given up, and others have
  /// its iterations.
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
    // The first tries are made at once, later ones after up to half a second.
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
    // Those that found nothing left to do have something to do again.
    for other in slots.indices where slots[other].state == .ended {
      slots[other].state = .open
      slots[other].pause = 0
    }
  }
}
