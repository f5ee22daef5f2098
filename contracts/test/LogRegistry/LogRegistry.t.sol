// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {ILogRegistry} from "../../src/ILogRegistry.sol";
import {LogRegistry} from "../../src/LogRegistry.sol";
import {ServerRegistry} from "../../src/ServerRegistry.sol";

contract LogRegistryTest is Test {
    ServerRegistry private servers;
    LogRegistry private anchors;
    address private owner = makeAddr("owner");

    function setUp() public {
        vm.warp(1_800_000_000);
        servers = new ServerRegistry();
        anchors = new LogRegistry(servers);
        vm.startPrank(owner);
        servers.register("one.example.org", hex"00", new string[](0), 3);
        servers.register("two.example.org", hex"00", new string[](0), 3);
        vm.stopPrank();
    }

    function test_anchor() public {
        bytes32 head = keccak256(abi.encode(bytes32(0), 1, 1, 10, bytes32("root"), block.timestamp));
        vm.expectEmit(address(anchors));
        emit ILogRegistry.Anchored(1, 10, "root", 1, uint64(block.timestamp), head);
        vm.prank(owner);
        anchors.anchor(1, 10, "root");

        ILogRegistry.Head memory h = anchors.latest(1);
        assertEq(h.head, head);
        assertEq(h.root, bytes32("root"));
        assertEq(h.size, 10);
        assertEq(h.index, 1);
        assertEq(h.anchoredAt, block.timestamp);
        assertEq(anchors.latest(2).size, 0);
        assertEq(address(anchors.servers()), address(servers));
    }

    function testFuzz_sizeOnlyGrows(uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, type(uint64).max));
        vm.startPrank(owner);
        anchors.anchor(1, first, "a");
        bool grown = second > first;
        if (!grown) vm.expectRevert(abi.encodeWithSelector(ILogRegistry.NotGrown.selector, second, first));
        anchors.anchor(1, second, "b");
        assertEq(anchors.latest(1).size, grown ? second : first);
    }

    function test_emptyLogAndZeroRootAreNoHeads() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(ILogRegistry.NotGrown.selector, 0, 0));
        anchors.anchor(1, 0, "a");
        vm.expectRevert(ILogRegistry.ZeroRoot.selector);
        anchors.anchor(1, 1, 0);
    }

    /// @dev The hash chain recomputes from the events alone.
    function testFuzz_headRecomputesFromEvents(uint256 seed, uint8 n) public {
        n = uint8(bound(n, 1, 30));
        uint64[3] memory size;
        vm.recordLogs();
        for (uint256 i = 0; i < n; i++) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(block.timestamp + r % 5);
            uint256 server = 1 + (r >> 8) % 2;
            size[server] += 1 + uint64(r >> 16) % 1000;
            vm.prank(owner);
            anchors.anchor(server, size[server], bytes32(r | 1));
        }
        checkAgainstEvents(vm.getRecordedLogs());
    }

    function checkAgainstEvents(Vm.Log[] memory events) private view {
        bytes32[3] memory head;
        uint64[3] memory count;
        uint256[3] memory size;
        for (uint256 i = 0; i < events.length; i++) {
            uint256 server = uint256(events[i].topics[1]);
            assertGt(uint256(events[i].topics[2]), size[server]);
            size[server] = uint256(events[i].topics[2]);
            (bytes32 root, uint64 index, uint64 anchoredAt, bytes32 said) =
                abi.decode(events[i].data, (bytes32, uint64, uint64, bytes32));
            assertEq(index, ++count[server]);
            head[server] = keccak256(abi.encode(head[server], server, index, size[server], root, anchoredAt));
            assertEq(said, head[server]);
        }
        for (uint256 server = 1; server <= 2; server++) {
            assertEq(anchors.latest(server).head, head[server]);
            assertEq(anchors.latest(server).index, count[server]);
        }
    }

    function testFuzz_strangersAnchorNothing(address stranger, uint256 server) public {
        vm.assume(stranger != owner);
        server %= 4;
        vm.expectRevert(abi.encodeWithSelector(ILogRegistry.NotPublisher.selector, server, stranger));
        vm.prank(stranger);
        anchors.anchor(server, 1, "a");
    }

    function testFuzz_agentsAnchorWithTheRole(uint8 roles) public {
        roles %= 4;
        address agent = makeAddr("agent");
        vm.prank(owner);
        servers.setAgent(1, agent, roles);
        if (roles & 1 == 0) {
            vm.expectRevert(abi.encodeWithSelector(ILogRegistry.NotPublisher.selector, 1, agent));
        }
        vm.prank(agent);
        anchors.anchor(1, 1, "a");
    }

    /// @dev Where storage proofs find the latest head: see contracts/README.md, "Storage".
    function test_storage() public {
        vm.prank(owner);
        anchors.anchor(2, 10, "root");
        uint256 place = uint256(keccak256(abi.encode(2, 0)));
        assertEq(vm.load(address(anchors), bytes32(place)), anchors.latest(2).head);
        assertEq(vm.load(address(anchors), bytes32(place + 1)), bytes32("root"));
        uint256 rest = uint256(vm.load(address(anchors), bytes32(place + 2)));
        assertEq(uint64(rest), 10, "size");
        assertEq(uint64(rest >> 64), 1, "index");
        assertEq(uint64(rest >> 128), block.timestamp, "anchoredAt");
    }
}
