// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {IPolicyRegistry} from "../../src/IPolicyRegistry.sol";
import {PolicyRegistry} from "../../src/PolicyRegistry.sol";
import {ServerRegistry} from "../../src/ServerRegistry.sol";

contract PolicyRegistryTest is Test {
    ServerRegistry private servers;
    PolicyRegistry private policies;
    address private owner = makeAddr("owner");
    bytes private constant CID = hex"01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    bytes32 private constant DIGEST = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    function setUp() public {
        vm.warp(1_800_000_000);
        servers = new ServerRegistry();
        policies = new PolicyRegistry(servers);
        vm.startPrank(owner);
        servers.register("one.example.org", hex"00", new string[](0), 3);
        servers.register("two.example.org", hex"00", new string[](0), 3);
        vm.stopPrank();
    }

    function test_publish() public {
        bytes32 head =
            keccak256(abi.encode(bytes32(0), 1, 1, DIGEST, keccak256(CID), block.timestamp, block.timestamp));
        vm.expectEmit(address(policies));
        emit IPolicyRegistry.PolicyPublished(
            1, 1, DIGEST, CID, uint64(block.timestamp), uint64(block.timestamp), head
        );
        vm.prank(owner);
        assertEq(policies.publish(1, DIGEST, CID, 0), 1);
        assertEq(policies.versionCount(1), 1);
        assertEq(policies.head(1), head);
        assertEq(policies.versionCount(2), 0);
        assertEq(policies.head(2), 0);
        assertEq(address(policies.servers()), address(servers));
    }

    /// @dev The hash chain recomputes from the events alone, whatever was published, of whichever server.
    function testFuzz_headRecomputesFromEvents(uint256 seed, uint8 n) public {
        n = uint8(bound(n, 1, 30));
        vm.recordLogs();
        for (uint256 i = 0; i < n; i++) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(block.timestamp + r % 5);
            bytes memory cid = new bytes(1 + (r >> 8) % 64);
            cid[0] = bytes1(uint8(r));
            vm.prank(owner);
            policies.publish(1 + (r >> 16) % 2, bytes32(r | 1), cid, r % 3 == 0 ? 0 : uint64(block.timestamp + r % 99));
        }
        checkAgainstEvents(vm.getRecordedLogs());
    }

    function checkAgainstEvents(Vm.Log[] memory logs) private view {
        bytes32[3] memory head;
        uint64[3] memory count;
        for (uint256 i = 0; i < logs.length; i++) {
            uint256 server = uint256(logs[i].topics[1]);
            (bytes32 digest, bytes memory cid, uint64 effectiveAt, uint64 publishedAt, bytes32 said) =
                abi.decode(logs[i].data, (bytes32, bytes, uint64, uint64, bytes32));
            count[server]++;
            assertEq(uint256(logs[i].topics[2]), count[server]);
            head[server] = keccak256(
                abi.encode(head[server], server, count[server], digest, keccak256(cid), effectiveAt, publishedAt)
            );
            assertEq(said, head[server]);
            assertGe(effectiveAt, publishedAt);
        }
        for (uint256 server = 1; server <= 2; server++) {
            assertEq(policies.head(server), head[server]);
            assertEq(policies.versionCount(server), count[server]);
        }
    }

    function testFuzz_strangersPublishNothing(address stranger, uint256 server) public {
        vm.assume(stranger != owner);
        server %= 4;
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.NotPublisher.selector, server, stranger));
        vm.prank(stranger);
        policies.publish(server, DIGEST, CID, 0);
    }

    function testFuzz_agentsPublishWithTheRole(uint8 roles) public {
        roles %= 4;
        address agent = makeAddr("agent");
        vm.prank(owner);
        servers.setAgent(1, agent, roles);
        if (roles & 1 == 0) {
            vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.NotPublisher.selector, 1, agent));
        }
        vm.prank(agent);
        policies.publish(1, DIGEST, CID, 0);
    }

    function testFuzz_effectiveTimeIsNotPast(uint64 effectiveAt) public {
        bool past = effectiveAt != 0 && effectiveAt < block.timestamp;
        if (past) vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.EffectiveInPast.selector, effectiveAt));
        vm.prank(owner);
        policies.publish(1, DIGEST, CID, effectiveAt);
    }

    function test_digestAndCidAreBounded() public {
        vm.startPrank(owner);
        vm.expectRevert(IPolicyRegistry.ZeroDigest.selector);
        policies.publish(1, 0, CID, 0);
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.InvalidCid.selector, 0));
        policies.publish(1, DIGEST, "", 0);
        policies.publish(1, DIGEST, new bytes(64), 0);
        vm.expectRevert(abi.encodeWithSelector(IPolicyRegistry.InvalidCid.selector, 65));
        policies.publish(1, DIGEST, new bytes(65), 0);
    }

    /// @dev Where storage proofs find head and count: see contracts/README.md, "Storage".
    function test_storage() public {
        vm.prank(owner);
        policies.publish(2, DIGEST, CID, 0);
        bytes32 place = keccak256(abi.encode(2, 0));
        assertEq(vm.load(address(policies), place), policies.head(2));
        assertEq(uint256(vm.load(address(policies), bytes32(uint256(place) + 1))), 1);
    }
}
