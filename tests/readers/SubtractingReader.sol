// SPDX-License-Identifier: AGPL-3.0-only
pragma solidity ^0.8.20;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/interfaces/AggregatorV3Interface.sol";

/// @title  Subtracting reader
/// @notice Reads an AggregatorV3 in the way that tutorials and audits ask for, scaled to 18 decimals.
///         It knows nothing of this project.
contract SubtractingReader {
    error NotPositive();
    error NotComplete();
    error OfAnEarlierRound();
    error TooOld();

    AggregatorV3Interface public immutable feed;
    uint256 public immutable heartbeat;
    uint256 private immutable scale;

    constructor(AggregatorV3Interface feed_, uint256 heartbeat_) {
        feed = feed_;
        heartbeat = heartbeat_;
        scale = 10 ** (18 - feed_.decimals());
    }

    /// @notice The newest answer, or a revert.
    function price() external view returns (uint256) {
        (uint80 roundId, int256 answer,, uint256 updatedAt, uint80 answeredInRound) = feed.latestRoundData();
        if (answer <= 0) revert NotPositive();
        if (updatedAt == 0) revert NotComplete();
        if (answeredInRound < roundId) revert OfAnEarlierRound();
        if (block.timestamp - updatedAt > heartbeat) revert TooOld();
        return uint256(answer) * scale;
    }

    /// @notice The newest answer; the one that was kept where the feed has none.
    function priceOr(uint256 kept) external view returns (uint256) {
        try feed.latestRoundData() returns (uint80, int256 answer, uint256, uint256 updatedAt, uint80) {
            if (answer > 0 && block.timestamp - updatedAt <= heartbeat) return uint256(answer) * scale;
        } catch {}
        return kept;
    }
}
