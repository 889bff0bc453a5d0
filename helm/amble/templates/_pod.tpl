{{/* What every pod of this chart has in common. */}}

{{/* Restricted pod security, as the standard of that name has it. */}}
{{- define "amble.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "amble.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Pods of one component away from each other. Takes (list . component). */}}
{{- define "amble.spread" -}}
{{- $top := index . 0 -}}
{{- range $top.Values.topologySpread.keys }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: {{ $top.Values.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- include "amble.selector" $ | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Where pods may run. */}}
{{- define "amble.placing" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Findings of the policy checker that hold here on purpose, each with its reason, as annotations that it reads.
Takes the checks' numbers.
*/}}
{{- define "amble.argued" -}}
{{- $reasons := dict
      "8" "it runs once and ends"
      "9" "it runs once and ends"
      "11" "a CPU limit throttles, and a throttled node misses heartbeats and is put out"
      "15" "a rack starts from the images that it has, also without the internet"
      "35" "the ledger's URL is read from the environment, and is never shown"
      "43" "the operator chooses the image; image.digest pins it"
      "116" "etcd of the chart has no TLS; the network policy lets in nobody but nodes and members"
      "117" "etcd of the chart has no TLS; the network policy lets in nobody but nodes and members"
      "119" "etcd of the chart has no TLS; the network policy lets in nobody but nodes and members"
-}}
{{- range $at, $check := . }}
checkov.io/skip{{ $at }}: CKV_K8S_{{ $check }}={{ get $reasons $check }}
{{- end }}
{{- end -}}

{{/* The Secrets that checkout reads, by the folder that each is mounted at. */}}
{{- define "amble.checkoutSecrets" -}}
{{- $payment := .Values.checkout.payment -}}
{{- $smtp := .Values.checkout.smtp -}}
{{- $mounts := dict -}}
{{- if ne $payment.service "sandbox" }}{{ $_ := set $mounts "payment" $payment.keySecret }}{{ end -}}
{{- if and (ne $payment.service "sandbox") $payment.webhookSecret.name }}{{ $_ := set $mounts "payment-webhook" $payment.webhookSecret }}{{ end -}}
{{- if and $smtp.host $smtp.user }}{{ $_ := set $mounts "smtp" $smtp.passwordSecret }}{{ end -}}
{{- if and $smtp.host $smtp.caSecret.name }}{{ $_ := set $mounts "smtp-ca" $smtp.caSecret }}{{ end -}}
{{- toYaml $mounts -}}
{{- end -}}

{{/* The store plan as a path, or as the name of a shop that the program knows. */}}
{{- define "amble.plan" -}}
{{- with .Values.store -}}
{{- if or .configMap .volume -}}
/etc/amble/store/{{ .file }}
{{- else -}}
{{- default $.Values.profile .known -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "amble.planVolume" -}}
{{- with .Values.store -}}
{{- if .configMap }}
- name: store
  configMap:
    name: {{ .configMap }}
{{- else if .volume }}
- name: store
  {{- toYaml .volume | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "amble.planMount" -}}
{{- if or .Values.store.configMap .Values.store.volume }}
- name: store
  mountPath: /etc/amble/store
  readOnly: true
{{- end }}
{{- end -}}
