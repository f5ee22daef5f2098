// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {SignedOperations} from "../helpers/SignedOperations.sol";
import {BurningWallet, DearWallet, LoudWallet} from "../helpers/Wallets.sol";

contract BatchTest is SignedOperations {
    function batch(bytes[] memory calls) private returns (IIdentityRegistry.CallResult[] memory) {
        vm.prank(relayer);
        return registry.batch(calls);
    }

    function test_everyOperationCanBeRelayed() public {
        for (uint256 i = 0; i < OPS; i++) {
            uint256 snapshot = vm.snapshotState();
            prepare(Op(i), alice);
            bytes[] memory calls = new bytes[](1);
            calls[0] = signed(Op(i), alice, signerKey(Op(i)));
            assertTrue(batch(calls)[0].ok, nameOf(Op(i)));
            vm.revertToState(snapshot);
        }
    }

    function test_badOperationsDontSinkGoodOnes() public {
        prepare(Op.AddKey, alice);
        address burner = address(new BurningWallet());
        bytes[] memory calls = new bytes[](7);
        calls[0] = signed(Op.AddKey, alice, aliceKey);
        calls[1] = signed(Op.AddKey, alice, aliceKey); // replay
        calls[2] = call(Op.AddKey, burner, 0, T0, "x"); // takes all gas it gets
        calls[3] = call(Op.AddKey, address(new LoudWallet()), 0, T0, "x");
        calls[4] = hex"deadbeef";
        calls[5] = "";
        calls[6] = signed(Op.AddKey, bob, bobKey);

        vm.expectEmit(address(registry));
        emit IIdentityRegistry.BatchCallFailed(
            1, abi.encodeWithSelector(IIdentityRegistry.InvalidNonce.selector, alice, 1)
        );
        IIdentityRegistry.CallResult[] memory results = batch(calls);
        bool[7] memory want = [true, false, false, false, false, false, true];
        for (uint256 i = 0; i < 7; i++) {
            assertEq(results[i].ok, want[i], vm.toString(i));
        }
        assertEq(bytes4(results[1].reason), IIdentityRegistry.InvalidNonce.selector);
        assertEq(
            results[4].reason, abi.encodeWithSelector(IIdentityRegistry.NotRelayable.selector, bytes4(hex"deadbeef"))
        );
        assertEq(registry.keyState(alice, PHONE).addedAt, T0);
        assertEq(registry.keyState(bob, PHONE).addedAt, T0);
        assertEq(registry.nonce(burner), 0);
    }

    /// @dev A subset of operations, some spoilt at random: exactly the good ones take effect.
    function testFuzz_isolation(uint256 spoilt, uint256 seed) public {
        uint256 n = 6;
        bytes[] memory calls = new bytes[](n);
        address[] memory identities = new address[](n);
        for (uint256 i = 0; i < n; i++) {
            (address identity, uint256 key) = makeAddrAndKey(string.concat("user", vm.toString(i)));
            identities[i] = identity;
            calls[i] = signed(Op.AddKey, identity, key);
            if (spoilt >> i & 1 == 1) {
                calls[i][4 + uint256(keccak256(abi.encode(seed, i))) % 192] ^= 0x01;
            }
        }
        IIdentityRegistry.CallResult[] memory results = batch(calls);
        for (uint256 i = 0; i < n; i++) {
            bool good = spoilt >> i & 1 == 0;
            assertEq(results[i].ok, good);
            assertEq(registry.keyState(identities[i], PHONE).addedAt != 0, good);
            assertEq(registry.nonce(identities[i]), good ? 1 : 0);
        }
    }

    /// @dev A relayer who owns an identity can't slip a direct call in, nor reach any function but the signed ones.
    function testFuzz_onlySignedOperations(bytes4 selector, bytes calldata rest) public {
        for (uint256 i = 0; i < OPS; i++) {
            vm.assume(selector != bytes4(call(Op(i), alice, 0, 0, "")));
        }
        bytes[] memory calls = new bytes[](1);
        calls[0] = bytes.concat(selector, rest);
        assertFalse(batch(calls)[0].ok);
    }

    function test_noDirectCallsNoNesting() public {
        bytes[] memory inner = new bytes[](1);
        inner[0] = signed(Op.AddKey, alice, aliceKey);
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(registry.addKey, (relayer, LAPTOP, device, inAYear()));
        calls[1] = abi.encodeCall(registry.addKey, (address(registry), LAPTOP, device, inAYear()));
        calls[2] = abi.encodeCall(registry.batch, (inner));
        calls[3] = abi.encodeCall(registry.finishRecovery, (alice));
        IIdentityRegistry.CallResult[] memory results = batch(calls);
        for (uint256 i = 0; i < calls.length; i++) {
            assertEq(
                results[i].reason,
                abi.encodeWithSelector(IIdentityRegistry.NotRelayable.selector, bytes4(calls[i]))
            );
        }
    }

    /// @dev An operation burns at most its own share: the relayer need not bring 64 times as much for the next.
    function test_burntGasIsBounded() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = call(Op.AddKey, address(new BurningWallet()), 0, T0, "x");
        calls[1] = signed(Op.AddKey, alice, aliceKey);
        IIdentityRegistry.CallResult[] memory results = registry.batch{gas: 2_200_000}(calls);
        assertFalse(results[0].ok);
        assertTrue(results[1].ok);
    }

    /// @dev With too little gas the whole batch fails: no operation is reported as bad that is good.
    function testFuzz_relayerCannotStarveAnOperation(uint256 gas_) public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = signed(Op.AddKey, alice, aliceKey);
        calls[1] = call(Op.AddKey, address(new DearWallet()), 0, T0, "x");
        gas_ = bound(gas_, 30_000, 3_000_000);
        vm.prank(relayer);
        try registry.batch{gas: gas_}(calls) returns (IIdentityRegistry.CallResult[] memory results) {
            assertTrue(results[0].ok && results[1].ok);
        } catch (bytes memory reason) {
            if (reason.length != 0) assertEq(bytes4(reason), IIdentityRegistry.TooLittleGas.selector);
            assertEq(registry.nonce(alice), 0);
        }
    }

    function test_ordersOfOneIdentityFollowEachOther() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = signed(Op.SetHome, alice, aliceKey, 0, T0);
        calls[1] = signed(Op.AddKey, alice, aliceKey, 1, T0);
        IIdentityRegistry.CallResult[] memory results = batch(calls);
        assertTrue(results[0].ok && results[1].ok);
    }
}
