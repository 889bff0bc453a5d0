{{/* Who nodes and devices are: certificates, and keys of passes and tokens. */}}

{{- define "amble.tlsSecret" -}}
{{- default (printf "%s-tls" (include "amble.fullname" .)) .Values.tls.secretName -}}
{{- end -}}

{{- define "amble.testTlsSecret" -}}
{{- default (printf "%s-test-tls" (include "amble.fullname" .)) .Values.test.tlsSecretName -}}
{{- end -}}

{{/* The store's id; a made-up shop's is its name. */}}
{{- define "amble.storeId" -}}
{{- default (default .Values.profile .Values.store.known) .Values.store.id -}}
{{- end -}}

{{/* A volume with a certificate, its key and the authority. Takes (list volume secret). */}}
{{- define "amble.tlsVolume" -}}
- name: {{ index . 0 }}
  secret:
    secretName: {{ index . 1 }}
    defaultMode: 0440
    items:
      {{- range list "tls.crt" "tls.key" "ca.crt" }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end -}}

{{/* Files of public keys, as TOML has a list. Takes (list values folder). */}}
{{- define "amble.keyFiles" -}}
{{- $folder := index . 1 -}}
{{- $keys := list -}}
{{- range $file, $_ := (index . 0).publicKeys -}}
{{- $keys = append $keys (printf "/etc/amble/%s/%s" $folder $file) -}}
{{- end -}}
{{- range (index . 0).secret.keys -}}
{{- $keys = append $keys (printf "/etc/amble/secret-%s/%s" $folder .) -}}
{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{/* Mounts and volumes of public keys. Take (list . values name). */}}
{{- define "amble.keyMounts" -}}
{{- $name := index . 2 -}}
{{- if (index . 1).publicKeys }}
- name: {{ $name }}
  mountPath: /etc/amble/{{ $name }}
  readOnly: true
{{- end }}
{{- if (index . 1).secret.name }}
- name: secret-{{ $name }}
  mountPath: /etc/amble/secret-{{ $name }}
  readOnly: true
{{- end }}
{{- end -}}

{{- define "amble.keyVolumes" -}}
{{- $name := index . 2 -}}
{{- if (index . 1).publicKeys }}
- name: {{ $name }}
  configMap:
    name: {{ include "amble.fullname" (index . 0) }}-{{ $name }}
{{- end }}
{{- with (index . 1).secret }}
{{- if .name }}
{{- include "amble.secretVolume" (list (printf "secret-%s" $name) .) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A volume with some keys of a Secret. Takes (list volume secret). */}}
{{- define "amble.secretVolume" }}
- name: {{ index . 0 }}
  secret:
    secretName: {{ (index . 1).name }}
    defaultMode: 0440
    items:
      {{- range (index . 1).keys }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
{{- end -}}
