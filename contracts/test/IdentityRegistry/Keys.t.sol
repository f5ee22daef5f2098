// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1056} from "../../src/IERC1056.sol";
import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityFixture} from "../helpers/IdentityFixture.sol";

contract KeysTest is IdentityFixture {
    bytes32 private constant NAME = "did/pub/Ed25519/veriKey";

    // ---------------------------------------------------------------------------------------------- adding

    function test_addKey() public {
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyAdded(alice, LAPTOP, device, inAYear(), 0, 0);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(LAPTOP), inAYear(), 0);
        addLaptop();

        IIdentityRegistry.KeyState memory k = registry.keyState(alice, LAPTOP);
        assertEq(k.addedAt, T0);
        assertEq(k.expiry, inAYear());
        assertEq(k.revokedAt, 0);
        assertEq(k.purpose, device);
        assertEq(k.end, inAYear());
        assertEq(registry.changed(alice), block.number);
        assertEq(registry.nonce(alice), 0, "a transaction of one's own uses no nonce");
    }

    function test_unknownKeyIsAllZero() public view {
        IIdentityRegistry.KeyState memory k = registry.keyState(alice, LAPTOP);
        assertEq(keccak256(abi.encode(k)), keccak256(new bytes(7 * 32)));
    }

    function test_eventsLinkBack() public {
        addLaptop();
        uint256 first = block.number;
        pass(1);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(PHONE), inAYear(), first);
        vm.startPrank(alice);
        registry.addKey(alice, PHONE, device, inAYear());
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(PHONE), 0, block.number);
        registry.revokeKey(alice, PHONE);
    }

    function test_zeroKey() public {
        vm.expectRevert(IIdentityRegistry.ZeroKey.selector);
        vm.prank(alice);
        registry.addKey(alice, 0, device, inAYear());
    }

    function testFuzz_onlyTwoPurposes(uint8 purpose) public {
        vm.assume(purpose != device && purpose != hosted);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidPurpose.selector, purpose));
        vm.prank(alice);
        registry.addKey(alice, LAPTOP, purpose, inAYear());
    }

    function testFuzz_expiryIsInTheFuture(uint64 expiry) public {
        expiry = uint64(bound(expiry, 0, block.timestamp));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidExpiry.selector, expiry));
        vm.prank(alice);
        registry.addKey(alice, LAPTOP, device, expiry);
    }

    function test_expiryMayBeNever() public {
        vm.startPrank(alice);
        registry.addKey(alice, LAPTOP, device, type(uint64).max);
        vm.warp(type(uint48).max);
        assertTrue(alive(LAPTOP));
    }

    // ---------------------------------------------------------------------------------------------- never again

    function test_livingKeyIsNotAddedTwice() public {
        addLaptop();
        expectKnown();
    }

    function test_revokedKeyIsNotAddedAgain() public {
        addLaptop();
        vm.prank(alice);
        registry.revokeKey(alice, LAPTOP);
        expectKnown();
    }

    function test_expiredKeyIsNotAddedAgain() public {
        addLaptop();
        pass(YEAR);
        assertFalse(alive(LAPTOP));
        expectKnown();
    }

    function test_keyOfAnEarlierEpochIsNotAddedAgain() public {
        addLaptop();
        vm.prank(alice);
        registry.revokeAllKeys(alice);
        expectKnown();
    }

    function test_keyOfAnEarlierHomeIsNotAddedAgain() public {
        vm.startPrank(alice);
        registry.setHome(alice, 7);
        registry.addKey(alice, LAPTOP, hosted, inAYear());
        registry.setHome(alice, 8);
        vm.stopPrank();
        expectKnown();
    }

    function expectKnown() private {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyKnown.selector, alice, LAPTOP));
        vm.prank(alice);
        registry.addKey(alice, LAPTOP, device, inAYear());
    }

    // ---------------------------------------------------------------------------------------------- renewing

    function test_renewKey() public {
        addLaptop();
        pass(300 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyRenewed(alice, LAPTOP, inAYear());
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(LAPTOP), inAYear(), 1000);
        vm.prank(alice);
        registry.renewKey(alice, LAPTOP, inAYear());
        assertEq(endOf(LAPTOP), inAYear());
        assertEq(registry.keyState(alice, LAPTOP).addedAt, T0);
    }

    function test_renewalOnlyLengthens() public {
        addLaptop();
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidExpiry.selector, inAYear()));
        vm.prank(alice);
        registry.renewKey(alice, LAPTOP, inAYear());
    }

    function test_unknownKeyIsNotRenewed() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyUnknown.selector, alice, LAPTOP));
        vm.prank(alice);
        registry.renewKey(alice, LAPTOP, inAYear());
    }

    function testFuzz_endedKeyIsNotRenewed(uint8 how, uint32 later) public {
        addLaptop();
        uint64 end = endTheLaptop(how);
        pass(later);
        address owner = registry.identityOwner(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyEnded.selector, alice, LAPTOP, end));
        vm.prank(owner);
        registry.renewKey(alice, LAPTOP, type(uint64).max);
    }

    function endTheLaptop(uint8 how) private returns (uint64 end) {
        end = uint64(block.timestamp);
        vm.startPrank(alice);
        if (how % 4 == 0) registry.revokeKey(alice, LAPTOP);
        else if (how % 4 == 1) registry.revokeAllKeys(alice);
        else if (how % 4 == 2) registry.changeOwner(alice, bob);
        else vm.warp(end = inAYear());
        vm.stopPrank();
    }

    // ---------------------------------------------------------------------------------------------- revoking

    function test_revokeKey() public {
        addLaptop();
        pass(1 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyRevoked(alice, LAPTOP, uint64(block.timestamp));
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(LAPTOP), 0, 1000);
        vm.prank(alice);
        registry.revokeKey(alice, LAPTOP);
        assertEq(endOf(LAPTOP), block.timestamp);
        assertFalse(alive(LAPTOP));
    }

    function test_keyIsRevokedOnce() public {
        addLaptop();
        vm.startPrank(alice);
        registry.revokeKey(alice, LAPTOP);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyAlreadyRevoked.selector, alice, LAPTOP));
        registry.revokeKey(alice, LAPTOP);
    }

    function test_unknownKeyIsNotRevoked() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyUnknown.selector, alice, LAPTOP));
        vm.prank(alice);
        registry.revokeKey(alice, LAPTOP);
    }

    /// @dev The new owner tells ERC-1056 resolvers of the old epoch's keys; their end stays what it was.
    function testFuzz_revokingAnEndedKeyDoesNotMoveItsEnd(uint32 later) public {
        addLaptop();
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        uint64 end = endOf(LAPTOP);
        pass(later);
        vm.prank(bob);
        registry.revokeKey(alice, LAPTOP);
        assertEq(endOf(LAPTOP), end);
    }

    function test_revokeKeyFrom() public {
        addLaptop();
        pass(1 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyRevoked(alice, LAPTOP, uint64(block.timestamp));
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyCutOff(alice, LAPTOP, 7, 1234);
        vm.prank(alice);
        registry.revokeKeyFrom(alice, LAPTOP, 7, 1234);

        (uint256 server, uint64 size, uint64 setAt) = registry.cutOff(alice, LAPTOP);
        assertEq(server, 7);
        assertEq(size, 1234);
        assertEq(setAt, block.timestamp);
        assertEq(endOf(LAPTOP), block.timestamp);
    }

    /// @dev A thief's cut-off is not the last word: the rightful owner moves it, the revocation stays.
    function test_cutOffCanBeMoved() public {
        addLaptop();
        vm.prank(alice);
        registry.revokeKeyFrom(alice, LAPTOP, 7, 0);
        uint64 end = endOf(LAPTOP);
        pass(1 days);
        vm.prank(alice);
        registry.revokeKeyFrom(alice, LAPTOP, 7, type(uint64).max);
        (, uint64 size, uint64 setAt) = registry.cutOff(alice, LAPTOP);
        assertEq(size, type(uint64).max);
        assertEq(setAt, block.timestamp);
        assertEq(endOf(LAPTOP), end);
    }

    function test_cutOffOfAnUnknownKey() public {
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyUnknown.selector, alice, LAPTOP));
        vm.prank(alice);
        registry.revokeKeyFrom(alice, LAPTOP, 7, 0);
    }

    function testFuzz_cutOffNamesAServer(uint256 server) public {
        server = bound(server, uint256(type(uint128).max) + 1, type(uint256).max);
        addLaptop();
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidServer.selector, server));
        vm.prank(alice);
        registry.revokeKeyFrom(alice, LAPTOP, server, 0);
    }

    function test_revokeAllKeys() public {
        addLaptop();
        setCarol();
        vm.startPrank(alice);
        registry.setHome(alice, 7);
        registry.addKey(alice, HOSTED_KEY, hosted, inAYear());
        pass(1 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.EpochStarted(alice, 1, alice);
        registry.revokeAllKeys(alice);

        assertEq(endOf(LAPTOP), block.timestamp);
        assertEq(endOf(HOSTED_KEY), block.timestamp);
        assertEq(registry.identityOwner(alice), alice);
        assertEq(registry.recoveryOf(alice), carol, "the thief's keys end, not the way back");
        assertEq(registry.homeOf(alice), 7);
        assertEq(registry.nonce(alice), 1, "what was signed is void");
        registry.addKey(alice, PHONE, device, inAYear());
        assertTrue(alive(PHONE));
    }

    /// @dev Whatever happens to a key, and in whatever order, its end is the earliest of all that can end it.
    function testFuzz_endIsTheEarliest(uint32 toExpiry, uint32 toRevocation, uint32 toEpoch, uint32 toHome) public {
        vm.startPrank(alice);
        registry.setHome(alice, 7);
        uint256 expiry = T0 + 1 + toExpiry;
        registry.addKey(alice, LAPTOP, hosted, uint64(expiry));
        uint256[3] memory due = [T0 + toRevocation, T0 + toEpoch, T0 + toHome];
        for (uint256 done = 0; done < 3; done++) {
            uint256 next = due[0] <= due[1] ? (due[0] <= due[2] ? 0 : 2) : (due[1] <= due[2] ? 1 : 2);
            vm.warp(due[next]);
            if (next == 0) registry.revokeKey(alice, LAPTOP);
            if (next == 1) registry.revokeAllKeys(alice);
            if (next == 2) registry.setHome(alice, 8);
            due[next] = type(uint256).max;
        }
        uint256 earliest = expiry;
        if (T0 + toRevocation < earliest) earliest = T0 + toRevocation;
        if (T0 + toEpoch < earliest) earliest = T0 + toEpoch;
        if (T0 + toHome < earliest) earliest = T0 + toHome;
        assertEq(endOf(LAPTOP), earliest);
    }

    // ---------------------------------------------------------------------------------------------- home

    function test_setHome() public {
        vm.startPrank(alice);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.HomeChanged(alice, 7, 0, 1);
        registry.setHome(alice, 7);
        pass(1 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.HomeChanged(alice, 8, 7, 2);
        registry.setHome(alice, 8);

        assertEq(registry.homeOf(alice), 8);
        assertEq(registry.homeEpoch(alice), 2);
        (uint256 first, uint64 since) = registry.homeAt(alice, 1);
        assertEq(first, 7);
        assertEq(since, T0);
        assertEq(registry.homeEpochEndedAt(alice, 0), T0);
        assertEq(registry.homeEpochEndedAt(alice, 1), block.timestamp);
        assertEq(registry.homeEpochEndedAt(alice, 2), 0);
        assertEq(registry.homeEpochEndedAt(alice, type(uint32).max), 0);
        assertEq(registry.changed(alice), 0, "no ERC-1056 event, no change for its resolvers");
    }

    function test_homeMustBeAnother() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.HomeUnchanged.selector, alice, 0));
        registry.setHome(alice, 0);
        registry.setHome(alice, 7);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.HomeUnchanged.selector, alice, 7));
        registry.setHome(alice, 7);
    }

    function testFuzz_homeIsAServerNumber(uint256 server) public {
        server = bound(server, uint256(type(uint128).max) + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidServer.selector, server));
        vm.prank(alice);
        registry.setHome(alice, server);
    }

    function test_hostedKeyNeedsAHome() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NoHome.selector, alice));
        registry.addKey(alice, HOSTED_KEY, hosted, inAYear());
        registry.setHome(alice, 7);
        registry.setHome(alice, 0);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NoHome.selector, alice));
        registry.addKey(alice, HOSTED_KEY, hosted, inAYear());
    }

    function test_hostedKeysLapseWithTheHomeAndDontComeBack() public {
        addLaptop();
        vm.startPrank(alice);
        registry.setHome(alice, 7);
        registry.addKey(alice, HOSTED_KEY, hosted, inAYear());
        pass(1 days);
        registry.setHome(alice, 8);
        uint64 moved = uint64(block.timestamp);
        assertEq(endOf(HOSTED_KEY), moved);
        assertTrue(alive(LAPTOP), "device keys move along");
        pass(1 days);
        registry.setHome(alice, 7);
        assertEq(endOf(HOSTED_KEY), moved);
    }

    // ---------------------------------------------------------------------------------------------- enrolling

    function test_enrol() public {
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.HomeChanged(alice, 7, 0, 1);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyAdded(alice, LAPTOP, device, inAYear(), 0, 1);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(LAPTOP), inAYear(), 0);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.KeyAdded(alice, HOSTED_KEY, hosted, inAYear() - 1, 0, 1);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, NAME, abi.encodePacked(HOSTED_KEY), inAYear() - 1, block.number);
        vm.prank(alice);
        registry.enrol(alice, LAPTOP, device, inAYear(), HOSTED_KEY, inAYear() - 1, 7);
        assertTrue(alive(LAPTOP) && alive(HOSTED_KEY));
        assertEq(registry.homeOf(alice), 7);
    }

    function test_enrolWithoutHostedKey() public {
        vm.prank(alice);
        registry.enrol(alice, LAPTOP, device, inAYear(), 0, 0, 7);
        assertTrue(alive(LAPTOP));
        assertEq(registry.homeOf(alice), 7);
    }

    /// @dev A second device at the same home must not lapse the hosted key.
    function test_enrolAgainAtTheSameHome() public {
        vm.startPrank(alice);
        registry.enrol(alice, LAPTOP, device, inAYear(), HOSTED_KEY, inAYear(), 7);
        registry.enrol(alice, PHONE, device, inAYear(), 0, 0, 7);
        assertTrue(alive(LAPTOP) && alive(PHONE) && alive(HOSTED_KEY));
        assertEq(registry.homeEpoch(alice), 1);
    }

    function test_enrolIsAllOrNothing() public {
        bytes32 before = fingerprint(alice);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NoHome.selector, alice));
        registry.enrol(alice, LAPTOP, device, inAYear(), HOSTED_KEY, inAYear(), 0);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.KeyKnown.selector, alice, LAPTOP));
        registry.enrol(alice, LAPTOP, device, inAYear(), LAPTOP, inAYear(), 7);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidExpiry.selector, T0));
        registry.enrol(alice, LAPTOP, device, inAYear(), HOSTED_KEY, uint64(T0), 7);
        assertEq(fingerprint(alice), before);
    }
}
