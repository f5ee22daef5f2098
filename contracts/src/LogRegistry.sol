// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILogRegistry} from "./ILogRegistry.sol";
import {IServerRegistry} from "./IServerRegistry.sol";

/// @title LogRegistry
/// @notice See `ILogRegistry`.
contract LogRegistry is ILogRegistry {
    uint8 private constant PUBLISHER = 1; // as in IServerRegistry

    IServerRegistry public immutable servers;
    mapping(uint256 server => Head) private _heads;

    constructor(IServerRegistry servers_) {
        servers = servers_;
    }

    function latest(uint256 server) external view returns (Head memory) {
        return _heads[server];
    }

    function anchor(uint256 server, uint64 size, bytes32 root) external {
        if (!servers.mayAct(server, msg.sender, PUBLISHER)) revert NotPublisher(server, msg.sender);
        Head storage h = _heads[server];
        if (size <= h.size) revert NotGrown(size, h.size);
        if (root == 0) revert ZeroRoot();

        uint64 index = h.index + 1;
        uint64 now_ = uint64(block.timestamp);
        bytes32 head = keccak256(abi.encode(h.head, server, index, size, root, now_));
        _heads[server] = Head(head, root, size, index, now_);
        emit Anchored(server, size, root, index, now_, head);
    }
}
