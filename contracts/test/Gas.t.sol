// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PolicyRegistry} from "../src/PolicyRegistry.sol";
import {LogRegistry} from "../src/LogRegistry.sol";
import {ServerRegistry} from "../src/ServerRegistry.sol";
import {SignedOperations} from "./helpers/SignedOperations.sol";

/// @dev What a user's action costs as a transaction of its own: 21,000, the calldata, and the call with everything
/// cold. The figures are committed in snapshots/gas.json and repeated in README.md.
contract GasTest is SignedOperations {
    string private constant GROUP = "gas";

    function measure(string memory name, address to, address from, bytes memory data) private returns (uint256 used) {
        vm.cool(to);
        vm.prank(from);
        uint256 before = gasleft();
        (bool ok,) = to.call(data);
        used = before - gasleft() - 2600; // a transaction finds the account it calls warm
        assertTrue(ok, name);
        used += intrinsic(data);
        vm.snapshotValue(GROUP, name, used);
    }

    function intrinsic(bytes memory data) private pure returns (uint256 gas_) {
        gas_ = 21_000;
        for (uint256 i = 0; i < data.length; i++) {
            gas_ += data[i] == 0 ? 4 : 16;
        }
    }

    function measureSigned(Op op, address identity, uint256 key) private returns (uint256) {
        return measure(nameOf(op), address(registry), relayer, signed(op, identity, key));
    }

    function test_addingAKeyThroughARelayer() public {
        string memory first = "AddKey, first of an identity";
        assertLt(measure(first, address(registry), relayer, signed(Op.AddKey, bob, bobKey)), 110_000);
        vm.prank(alice);
        registry.addKey(alice, LAPTOP, device, inAYear());
        assertLt(measure("AddKey, later", address(registry), relayer, signed(Op.AddKey, alice, aliceKey)), 90_000);
    }

    function test_batchOfFifty() public {
        uint256 n = 50;
        bytes[] memory calls = new bytes[](n);
        for (uint256 i = 0; i < n; i++) {
            (address identity, uint256 key) = makeAddrAndKey(string.concat("user", vm.toString(i)));
            calls[i] = signed(Op.AddKey, identity, key);
        }
        bytes memory data = abi.encodeCall(registry.batch, (calls));
        uint256 each = measure("AddKey, 50 first ones in a batch", address(registry), relayer, data) / n;
        vm.snapshotValue(GROUP, "AddKey, one of 50 first ones in a batch", each);
        assertLt(each, 75_000);
    }

    function test_everySignedOperation() public {
        for (uint256 i = 1; i < OPS; i++) {
            uint256 snapshot = vm.snapshotState();
            prepare(Op(i), alice);
            measureSigned(Op(i), alice, signerKey(Op(i)));
            vm.revertToState(snapshot);
        }
        measure("Enrol, first of an identity", address(registry), relayer, signed(Op.Enrol, bob, bobKey));
    }

    function test_ownTransactions() public {
        bytes memory data = abi.encodeCall(registry.addKey, (alice, LAPTOP, device, inAYear()));
        measure("addKey, first, by own transaction", address(registry), alice, data);
        data = abi.encodeCall(registry.revokeKey, (alice, LAPTOP));
        measure("revokeKey, by own transaction", address(registry), alice, data);
        setCarol();
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        pass(delay);
        measure("finishRecovery", address(registry), relayer, abi.encodeCall(registry.finishRecovery, (alice)));
    }

    function test_servers() public {
        ServerRegistry servers = new ServerRegistry();
        PolicyRegistry policies = new PolicyRegistry(servers);
        LogRegistry heads = new LogRegistry(servers);
        string[] memory addrs = new string[](2);
        (addrs[0], addrs[1]) = ("/ip4/192.0.2.1/tcp/4001", "/ip4/192.0.2.1/udp/4001/quic-v1");
        bytes memory peer = new bytes(38);
        peer[0] = 0x12;
        measure(
            "server: register",
            address(servers),
            alice,
            abi.encodeCall(servers.register, ("node.example.org", peer, addrs, 3))
        );
        for (uint256 i = 0; i < 2; i++) {
            string memory which = i == 0 ? "first" : "later";
            vm.cool(address(servers));
            measure(
                string.concat("server: publish a policy, ", which),
                address(policies),
                alice,
                abi.encodeCall(policies.publish, (1, keccak256("policy"), new bytes(36), 0))
            );
            vm.cool(address(servers));
            measure(
                string.concat("server: anchor a log head, ", which),
                address(heads),
                alice,
                abi.encodeCall(heads.anchor, (1, uint64(100 + i), keccak256("root")))
            );
        }
    }
}
