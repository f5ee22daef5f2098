// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Script, console} from "forge-std/Script.sol";

import {IServerRegistry} from "../src/IServerRegistry.sol";
import {IdentityRegistry} from "../src/IdentityRegistry.sol";
import {LogRegistry} from "../src/LogRegistry.sol";
import {PolicyRegistry} from "../src/PolicyRegistry.sol";
import {ServerRegistry} from "../src/ServerRegistry.sol";

/// @title Deploys what is missing of the four contracts, at the same addresses on every chain
/// @dev `forge script script/Deploy.s.sol --rpc-url URL --broadcast --private-key …`. Repeating it changes nothing.
contract Deploy is Script {
    /// @dev The deterministic deployment proxy: salt and init code in, CREATE2.
    address public constant FACTORY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;
    bytes32 public constant SALT = keccak256("metanet/1");

    error NoFactory();
    error WrongAddress(string name, address expected);

    struct Addresses {
        address identityRegistry;
        address serverRegistry;
        address policyRegistry;
        address logRegistry;
    }

    function run() external returns (Addresses memory) {
        vm.startBroadcast();
        Addresses memory a = deploy();
        vm.stopBroadcast();
        console.log("IdentityRegistry", a.identityRegistry);
        console.log("ServerRegistry  ", a.serverRegistry);
        console.log("PolicyRegistry  ", a.policyRegistry);
        console.log("LogRegistry     ", a.logRegistry);
        return a;
    }

    function deploy() public returns (Addresses memory a) {
        if (FACTORY.code.length == 0) revert NoFactory();
        a = addresses();
        put("IdentityRegistry", a.identityRegistry, type(IdentityRegistry).creationCode);
        put("ServerRegistry", a.serverRegistry, type(ServerRegistry).creationCode);
        put("PolicyRegistry", a.policyRegistry, withServers(type(PolicyRegistry).creationCode));
        put("LogRegistry", a.logRegistry, withServers(type(LogRegistry).creationCode));
    }

    function addresses() public pure returns (Addresses memory) {
        return Addresses({
            identityRegistry: addressOf(type(IdentityRegistry).creationCode),
            serverRegistry: addressOf(type(ServerRegistry).creationCode),
            policyRegistry: addressOf(withServers(type(PolicyRegistry).creationCode)),
            logRegistry: addressOf(withServers(type(LogRegistry).creationCode))
        });
    }

    function withServers(bytes memory code) private pure returns (bytes memory) {
        return bytes.concat(code, abi.encode(IServerRegistry(addressOf(type(ServerRegistry).creationCode))));
    }

    function addressOf(bytes memory initCode) private pure returns (address) {
        return address(
            uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), FACTORY, SALT, keccak256(initCode)))))
        );
    }

    function put(string memory name, address expected, bytes memory initCode) private {
        if (expected.code.length != 0) return;
        (bool ok, bytes memory ret) = FACTORY.call(bytes.concat(SALT, initCode));
        if (!ok || ret.length != 20 || address(bytes20(ret)) != expected) revert WrongAddress(name, expected);
    }
}
