package config

import (
	"encoding/json"
)

// Schema returns the JSON schema of a configuration, draft 2020-12, for editors. It is as strict as can be said by
// one: names that refer to others, for example, are left to [Check].
func Schema() []byte {
	s := schemaOf(topTable().keys())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Jackdaw's configuration"
	s["patternProperties"] = object{"^" + ownPrefix: true}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // it is made of maps, lists and texts
	}
	return append(text, '\n')
}

// fromElsewhere is the schema of a text that stands for a value, which any value may be.
func fromElsewhere() object { return object{"type": "string", "pattern": "^(env|cfg)://"} }

// schemaOf returns the schema of a mapping with those keys.
func schemaOf(keys []Key) object {
	properties, required := object{}, []any{}
	for _, k := range keys {
		schema := k.schema
		if later, ok := schema.(func() object); ok {
			schema = later()
		}
		var one []any
		for _, name := range append([]string{k.Name}, k.Also...) {
			properties[name] = object{"description": k.Doc, "anyOf": []any{schema, object{"type": "null"}, fromElsewhere()}}
			one = append(one, object{"required": []string{name}})
		}
		if k.Required {
			required = append(required, anyOf(one...))
		}
	}
	s := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["allOf"] = required
	}
	return s
}

// byName returns the schema of a section whose members have names of the file's own.
func byName(keys []Key) object {
	return object{"type": "object", "additionalProperties": anyOf(schemaOf(keys), fromElsewhere(), object{"type": "null"})}
}

// orOff returns the schema of a section that may be off.
func orOff(schema object) object {
	return anyOf(schema, object{"enum": []any{"off", false}})
}

// handlersSchema returns the schema of the section handlers: for each class its own.
func handlersSchema() object {
	var all []any
	for _, k := range classes() {
		s := schemaOf(append(handlerTable().keys(), k.keys...))
		names := append([]string{string(k.name)}, append(k.also, k.python...)...)
		class := object{"description": k.doc, "enum": names}
		s["properties"].(object)["class"], s["properties"].(object)["()"] = class, class
		all = append(all, s)
	}
	// An incremental configuration has levels alone.
	level := object{"level": schemaOf(handlerTable().keys())["properties"].(object)["level"]}
	all = append(all, fromElsewhere(), object{"type": "object", "properties": level, "additionalProperties": false})
	return object{"type": "object", "additionalProperties": anyOf(all...)}
}
