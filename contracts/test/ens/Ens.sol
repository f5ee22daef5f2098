// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A registry that answers as ENS's does (EIP-137), for tests: anybody may write.
contract TestRegistry {
    mapping(bytes32 node => address) public resolver;

    function setResolver(bytes32 node, address to) external {
        resolver[node] = to;
    }
}

/// A resolver of addresses and names (EIP-137, ENSIP-3).
contract TestResolver {
    mapping(bytes32 node => address) public addr;
    mapping(bytes32 node => string) public name;

    function setAddr(bytes32 node, address to) external {
        addr[node] = to;
    }

    function setName(bytes32 node, string calldata to) external {
        name[node] = to;
    }

    function supportsInterface(bytes4 id) external pure virtual returns (bool) {
        return id == 0x01ffc9a7 || id == 0x3b3b57de || id == 0x691f3431;
    }
}

/// A resolver of all names below one (ENSIP-10), whose answers are its own, or
/// elsewhere (EIP-3668).
contract TestWildcard {
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

    address public immutable answer; // zero: the answer is elsewhere

    constructor(address answer_) {
        answer = answer_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x9061b923;
    }

    function resolve(bytes calldata, bytes calldata data) external view returns (bytes memory) {
        if (answer == address(0)) {
            string[] memory urls = new string[](1);
            urls[0] = "http://169.254.169.254/{sender}/{data}.json";
            revert OffchainLookup(address(this), urls, data, this.resolve.selector, data);
        }
        return abi.encode(answer);
    }
}

/// A resolver that answers nonsense.
contract TestNonsense {
    fallback() external {
        assembly {
            mstore(0, not(0))
            return(0, 32)
        }
    }
}
