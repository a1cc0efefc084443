package io.hashring.interop;

import com.google.common.hash.Hashing;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes what the text of a call says, by the names of the public factories. */
final class CallReader {

  private static final List<Class<?>> TYPES = List.of(
      Placements.class,
      MemcachedPlacements.class,
      ProxyPlacements.class,
      StorePlacements.class,
      LibraryPlacements.class,
      HashFunctions.class,
      InteropFunctions.class,
      Hashing.class);

  private final String text;
  private int at;

  CallReader(String text) {
    this.text = text;
  }

  Object read() throws ReflectiveOperationException {
    Object value = value();
    if (at != text.length()) {
      throw new IllegalArgumentException("something behind the call: " + text.substring(at));
    }
    return value;
  }

  private Object value() throws ReflectiveOperationException {
    char c = text.charAt(at);
    if (c == '{') {
      return map();
    } else if (c == '[') {
      return several('[', ']');
    } else if (c == '"' || c == '\'') {
      String quoted = quoted(c);
      return c == '"' ? quoted : (Object) quoted.charAt(0);
    } else if (c == '-' || Character.isDigit(c)) {
      return Long.valueOf(word());
    }
    String name = word();
    boolean hasArguments = at < text.length() && text.charAt(at) == '(';
    List<Object> arguments = hasArguments ? several('(', ')') : List.of();
    return name.matches("[A-Z_]+") ? Ties.valueOf(name) : call(name, arguments);
  }

  private static Object call(String name, List<Object> arguments)
      throws ReflectiveOperationException {
    for (Class<?> type : TYPES) {
      for (Method method : type.getDeclaredMethods()) {
        String written = type == Hashing.class ? "Hashing." + method.getName() : method.getName();
        if (Modifier.isPublic(method.getModifiers()) && written.equals(name)) {
          Optional<Object[]> fitting = fitting(method, arguments);
          if (fitting.isPresent()) {
            return method.invoke(null, fitting.get());
          }
        }
      }
    }
    throw new IllegalArgumentException("no call of " + name + " takes " + arguments);
  }

  private static Optional<Object[]> fitting(Method method, List<Object> arguments) {
    Class<?>[] types = method.getParameterTypes();
    if (types.length != arguments.size()) {
      return Optional.empty();
    }
    Object[] fitting = arguments.toArray();
    for (int i = 0; i < types.length; i++) {
      if (types[i] == int.class && fitting[i] instanceof Long number) {
        fitting[i] = number.intValue();
      } else if (types[i] == Map.class && method.getName().equals("npmHashring")) {
        Map<Object, Object> whole = new HashMap<>((Map<?, ?>) fitting[i]);
        whole.replaceAll((id, number) -> ((Long) number).intValue());
        fitting[i] = whole;
      } else if (!types[i].isPrimitive() && !types[i].isInstance(fitting[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(fitting);
  }

  private List<Object> several(char open, char close) throws ReflectiveOperationException {
    List<Object> several = new ArrayList<>();
    expect("" + open);
    while (text.charAt(at) != close) {
      if (!several.isEmpty()) {
        expect(", ");
      }
      several.add(value());
    }
    expect("" + close);
    return several;
  }

  private Map<Object, Object> map() throws ReflectiveOperationException {
    Map<Object, Object> map = new HashMap<>();
    expect("{");
    while (text.charAt(at) != '}') {
      if (!map.isEmpty()) {
        expect(", ");
      }
      Object key = value();
      expect(": ");
      map.put(key, value());
    }
    expect("}");
    return map;
  }

  private String quoted(char quote) {
    StringBuilder quoted = new StringBuilder();
    for (at++; text.charAt(at) != quote; at++) {
      if (text.charAt(at) == '\\' && text.charAt(at + 1) == 'u') {
        quoted.append((char) Integer.parseInt(text.substring(at + 2, at + 6), 16));
        at += 5;
      } else {
        quoted.append(text.charAt(at) == '\\' ? text.charAt(++at) : text.charAt(at));
      }
    }
    at++;
    return quoted.toString();
  }

  private String word() {
    int from = at;
    while (at < text.length() && "-._".indexOf(text.charAt(at)) >= 0
        || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      at++;
    }
    return text.substring(from, at);
  }

  private void expect(String expected) {
    if (!text.startsWith(expected, at)) {
      throw new IllegalArgumentException(
          "expected " + expected + " at " + at + ": " + Arrays.asList(text));
    }
    at += expected.length();
  }
}
