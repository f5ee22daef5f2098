// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IServerRegistry} from "../../src/IServerRegistry.sol";
import {ServerRegistry} from "../../src/ServerRegistry.sol";

contract ServerRegistryTest is Test {
    ServerRegistry private servers;
    address private owner = makeAddr("owner");
    address private other = makeAddr("other");
    string private constant DOMAIN = "node.example.org";
    bytes private constant PEER = hex"002408011220aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899";

    function setUp() public {
        vm.warp(1_800_000_000);
        servers = new ServerRegistry();
    }

    function addrs(uint256 n) private pure returns (string[] memory a) {
        a = new string[](n);
        for (uint256 i = 0; i < n; i++) {
            a[i] = string.concat("/ip4/192.0.2.", vm.toString(i), "/udp/4001/quic-v1");
        }
    }

    function register() private returns (uint256) {
        vm.prank(owner);
        return servers.register(DOMAIN, PEER, addrs(2), 3);
    }

    // ---------------------------------------------------------------------------------------------- registering

    function test_register() public {
        vm.expectEmit(address(servers));
        emit IServerRegistry.ServerRegistered(1, owner, keccak256(bytes(DOMAIN)), DOMAIN, PEER, addrs(2), 3);
        assertEq(register(), 1);
        assertEq(register(), 2);
        assertEq(servers.count(), 2);

        IServerRegistry.Server memory s = servers.server(1);
        assertEq(s.owner, owner);
        assertEq(s.pendingOwner, address(0));
        assertEq(s.roles, 3);
        assertEq(s.registeredAt, block.timestamp);
        assertEq(s.domainHash, keccak256(bytes(DOMAIN)));
        assertEq(s.domain, DOMAIN);
        assertEq(s.peerId, PEER);
        assertEq(abi.encode(s.addrs), abi.encode(addrs(2)));
        assertEq(servers.ownerOf(1), owner);
    }

    function test_unknownServerIsAllZero() public view {
        IServerRegistry.Server memory s = servers.server(7);
        assertEq(s.owner, address(0));
        assertEq(s.domain, "");
        assertFalse(servers.mayAct(7, address(0), 1));
    }

    function testFuzz_domainIsBounded(uint16 length) public {
        string memory domain = string(new bytes(length));
        if (length == 0 || length > servers.MAX_DOMAIN()) {
            vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidDomain.selector, length));
        }
        servers.register(domain, PEER, addrs(0), 0);
    }

    function testFuzz_peerIdIsBounded(uint16 length) public {
        if (length == 0 || length > servers.MAX_PEER_ID()) {
            vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidPeerId.selector, length));
        }
        servers.register(DOMAIN, new bytes(length), addrs(0), 0);
    }

    function testFuzz_addrsAreBounded(uint8 count, uint16 length) public {
        count %= 20;
        length %= 600;
        string[] memory a = addrs(count);
        if (count > servers.MAX_ADDRS()) {
            vm.expectRevert(abi.encodeWithSelector(IServerRegistry.TooManyAddrs.selector, count));
        } else if (count > 0) {
            a[count - 1] = string(new bytes(length));
            if (length == 0 || length > servers.MAX_ADDR()) {
                vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidAddr.selector, count - 1, length));
            }
        }
        servers.register(DOMAIN, PEER, a, 0);
    }

    function testFuzz_rolesAreTwoBits(uint8 roles) public {
        if (roles > 3) vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidRoles.selector, roles));
        servers.register(DOMAIN, PEER, addrs(0), roles);
    }

    // ---------------------------------------------------------------------------------------------- updating

    function test_updates() public {
        uint256 id = register();
        vm.startPrank(owner);
        vm.expectEmit(address(servers));
        emit IServerRegistry.DomainChanged(id, keccak256("new.example.org"), "new.example.org");
        servers.updateDomain(id, "new.example.org");
        vm.expectEmit(address(servers));
        emit IServerRegistry.PeerChanged(id, hex"0024", addrs(1));
        servers.updatePeer(id, hex"0024", addrs(1));
        vm.expectEmit(address(servers));
        emit IServerRegistry.RolesChanged(id, 0);
        servers.updateRoles(id, 0);

        IServerRegistry.Server memory s = servers.server(id);
        assertEq(s.domain, "new.example.org");
        assertEq(s.domainHash, keccak256("new.example.org"));
        assertEq(s.peerId, hex"0024");
        assertEq(abi.encode(s.addrs), abi.encode(addrs(1)));
        assertEq(s.roles, 0);
    }

    function test_updatesAreBounded() public {
        uint256 id = register();
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidDomain.selector, 0));
        servers.updateDomain(id, "");
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidPeerId.selector, 0));
        servers.updatePeer(id, "", addrs(1));
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidRoles.selector, 4));
        servers.updateRoles(id, 4);
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.InvalidRoles.selector, 255));
        servers.setAgent(id, other, 255);
    }

    function testFuzz_strangersChangeNothing(address stranger, uint8 which, uint256 id) public {
        register();
        id = id % 3; // one that exists, two that don't
        vm.assume(stranger != owner || id != 1);
        vm.assume(stranger != address(0));
        bytes32 before = keccak256(abi.encode(servers.server(id)));
        bytes[6] memory calls = [
            abi.encodeCall(servers.updateDomain, (id, "x")),
            abi.encodeCall(servers.updatePeer, (id, PEER, addrs(1))),
            abi.encodeCall(servers.updateRoles, (id, 1)),
            abi.encodeCall(servers.setAgent, (id, stranger, 3)),
            abi.encodeCall(servers.transferOwnership, (id, stranger)),
            abi.encodeCall(servers.acceptOwnership, (id))
        ];
        vm.prank(stranger);
        (bool ok,) = address(servers).call(calls[which % 6]);
        assertFalse(ok);
        assertEq(keccak256(abi.encode(servers.server(id))), before);
        assertEq(servers.agentRoles(id, stranger), 0);
    }

    // ---------------------------------------------------------------------------------------------- agents

    function testFuzz_agentsActInTheirRoles(uint8 given, uint8 asked) public {
        uint256 id = register();
        given %= 4;
        vm.expectEmit(address(servers));
        emit IServerRegistry.AgentChanged(id, other, given);
        vm.prank(owner);
        servers.setAgent(id, other, given);
        assertEq(servers.agentRoles(id, other), given);
        assertEq(servers.mayAct(id, other, asked), asked != 0 && given & asked == asked);
        assertEq(servers.mayAct(id, owner, asked), asked != 0);
        assertFalse(servers.mayAct(id, makeAddr("stranger"), 1));
        assertFalse(servers.mayAct(id + 1, other, 1));
    }

    // ---------------------------------------------------------------------------------------------- ownership

    function test_ownershipInTwoSteps() public {
        uint256 id = register();
        vm.startPrank(owner);
        servers.setAgent(id, makeAddr("agent"), 3);
        vm.expectEmit(address(servers));
        emit IServerRegistry.OwnershipOffered(id, owner, other);
        servers.transferOwnership(id, other);
        assertEq(servers.ownerOf(id), owner, "offered, not given");
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.NotPendingOwner.selector, id, owner));
        servers.acceptOwnership(id);
        vm.startPrank(other);
        vm.expectEmit(address(servers));
        emit IServerRegistry.OwnershipTransferred(id, owner, other);
        servers.acceptOwnership(id);

        assertEq(servers.ownerOf(id), other);
        assertEq(servers.server(id).pendingOwner, address(0));
        assertFalse(servers.mayAct(id, owner, 1));
        assertFalse(servers.mayAct(id, makeAddr("agent"), 1), "agents were the former owner's");
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.NotPendingOwner.selector, id, other));
        servers.acceptOwnership(id);
    }

    function test_offerCanBeWithdrawn() public {
        uint256 id = register();
        vm.startPrank(owner);
        servers.transferOwnership(id, other);
        servers.transferOwnership(id, address(0));
        vm.startPrank(other);
        vm.expectRevert(abi.encodeWithSelector(IServerRegistry.NotPendingOwner.selector, id, other));
        servers.acceptOwnership(id);
    }

    // ---------------------------------------------------------------------------------------------- storage

    /// @dev Where storage proofs find owner, roles and domain hash: see contracts/README.md, "Storage".
    function test_storage() public {
        uint256 id = register();
        assertEq(uint256(vm.load(address(servers), 0)), 1, "count");
        bytes32 place = keccak256(abi.encode(id, 1));
        uint256 first = uint256(vm.load(address(servers), place));
        assertEq(address(uint160(first)), owner);
        assertEq(uint8(first >> 160), 3, "roles");
        assertEq(vm.load(address(servers), bytes32(uint256(place) + 1)), keccak256(bytes(DOMAIN)));
    }
}
