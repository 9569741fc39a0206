/** From a {@link Model} to the bytes of an ONNX file. */

import type { onnx } from 'onnx-proto';
import proto from 'onnx-proto';
import type { Attribute, Dim, Graph, Model, Node, Tensor, ValueInfo } from './model.ts';
import { ATTRIBUTE_CODES, ELEMENT_CODES, fromInteger } from './proto.ts';

/**
 * Writes an ONNX file. The same model gives the same bytes.
 *
 * @example
 * ```ts
 * await writeFile('model.onnx', writeModel(modelOf(graph)));
 * ```
 */
export function writeModel(model: Model): Uint8Array {
  const bytes = proto.onnx.ModelProto.encode({
    ...textsOf(model),
    irVersion: fromInteger(model.irVersion),
    opsetImport: Object.entries(model.opsets).map(([domain, version]) => ({
      domain,
      version: fromInteger(version),
    })),
    ...(model.modelVersion !== undefined && { modelVersion: fromInteger(model.modelVersion) }),
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    graph: graphOf(model.graph),
  } as onnx.IModelProto).finish();
  // In Node protobufjs answers with a Buffer, perhaps on a shared pool.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textsOf(model: Model): onnx.IModelProto {
  const { producerName, producerVersion, domain, docString } = model;
  return {
    ...(producerName !== undefined && { producerName }),
    ...(producerVersion !== undefined && { producerVersion }),
    ...(domain !== undefined && { domain }),
    ...(docString !== undefined && { docString }),
  };
}

function graphOf(graph: Graph): onnx.IGraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map(nodeOf),
    initializer: Array.from(graph.initializers, ([name, value]) => ({ ...tensorOf(value), name })),
    input: graph.inputs.map(valueInfoOf),
    output: graph.outputs.map(valueInfoOf),
    valueInfo: graph.values.map(valueInfoOf),
    ...(graph.docString !== undefined && { docString: graph.docString }),
  };
}

function nodeOf(node: Node): onnx.INodeProto {
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: node.opType,
    ...(node.domain !== '' && { domain: node.domain }),
    attribute: Object.entries(node.attributes).map(([name, attribute]) => ({
      name,
      type: ATTRIBUTE_CODES[attribute.type],
      ...contentOf(attribute),
    })),
    ...(node.docString !== undefined && { docString: node.docString }),
  };
}

function contentOf(attribute: Attribute): onnx.IAttributeProto {
  switch (attribute.type) {
    case 'float':
      return { f: attribute.value };
    case 'int':
      return { i: fromInteger(attribute.value) } as onnx.IAttributeProto;
    case 'string':
      return { s: new TextEncoder().encode(attribute.value) };
    case 'tensor':
      return { t: tensorOf(attribute.value) };
    case 'graph':
      return { g: graphOf(attribute.value) };
    case 'floats':
      return { floats: [...attribute.value] };
    case 'ints':
      return { ints: attribute.value.map(fromInteger) } as onnx.IAttributeProto;
    case 'strings':
      return { strings: attribute.value.map((value) => new TextEncoder().encode(value)) };
    case 'tensors':
      return { tensors: attribute.value.map(tensorOf) };
    case 'graphs':
      return { graphs: attribute.value.map(graphOf) };
  }
}

function tensorOf(tensor: Tensor): onnx.ITensorProto {
  return {
    dims: tensor.dims.map(fromInteger) as onnx.ITensorProto['dims'] & {},
    dataType: ELEMENT_CODES[tensor.type],
    ...(tensor.type === 'string'
      ? { stringData: tensor.data.map((value) => new TextEncoder().encode(value)) }
      : { rawData: new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength) }),
  };
}

function valueInfoOf(value: ValueInfo): onnx.IValueInfoProto {
  return {
    name: value.name,
    type: {
      tensorType: {
        elemType: ELEMENT_CODES[value.elementType],
        ...(value.shape && { shape: { dim: value.shape.map(dimOf) } }),
      },
    },
  };
}

function dimOf(dim: Dim): onnx.TensorShapeProto.IDimension {
  if (dim === null) return {};
  if (typeof dim === 'string') return { dimParam: dim };
  return { dimValue: fromInteger(dim) } as onnx.TensorShapeProto.IDimension;
}
